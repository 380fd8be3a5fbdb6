#!/bin/sh
# Makes the certificate chains of the trust tests: one PEM file per chain, leaf first. Needs
# OpenSSL 3. All keys are thrown away.
set -eu
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
touch index.txt

cat > ca.cnf <<'CNF'
[ca]
default_ca = any
[any]
database = index.txt
new_certs_dir = .
policy = policy
unique_subject = no
rand_serial = yes
email_in_dn = no
copy_extensions = none
[policy]
commonName = supplied
organizationName = optional
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[constrained]
basicConstraints = critical,CA:TRUE
nameConstraints = critical,permitted;DNS:allowed.test
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:api.shop.test
[plain]
subjectAltName = DNS:api.shop.test
[odd]
basicConstraints = CA:FALSE
extendedKeyUsage = emailProtection
[critical]
basicConstraints = CA:FALSE
1.2.3.4.5 = critical,ASN1:NULL
CNF

BEGIN=20240101000000Z
END=20340101000000Z

key() { # NAME [rsa BITS]
    if [ "${2:-ec}" = rsa ]; then
        openssl genrsa -out "$1.key" "$3" 2> /dev/null
    else
        openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    fi
}
issue() { # NAME ISSUER EXTENSIONS CN [BEGIN END DIGEST]
    openssl req -new -key "$1.key" -subj "/O=interloper test/CN=$4" -out "$1.csr"
    openssl ca -batch -notext -config ca.cnf -md "${7:-sha256}" \
        -startdate "${5:-$BEGIN}" -enddate "${6:-$END}" -extensions "$3" -out "$1.crt" \
        -keyfile "$2.key" -in "$1.csr" $([ "$1" = "$2" ] && echo -selfsign || echo -cert "$2.crt") \
        2> /dev/null
}
chain() { # FILE NAME...
    file=$1
    shift
    for name; do cat "$name.crt"; done > "$out/$file.pem"
}

key root; issue root root root "Test Root"
key sub; issue sub root sub "Test Issuing CA"
key leaf; issue leaf sub leaf api.shop.test
chain root root
chain trusted leaf sub
chain with-root leaf sub root
chain unordered leaf root sub
chain incomplete leaf

# Another leaf of the same issuer.
key second; issue second sub leaf second.shop.test
chain second second

key old; issue old sub leaf api.shop.test 20240101000000Z 20240201000000Z
chain expired old sub
key oldsub; issue oldsub root sub "Old Issuing CA" 20240101000000Z 20240601000000Z
key under; issue under oldsub leaf api.shop.test 20240701000000Z 20250701000000Z
chain expired-intermediate under oldsub

key evil; issue evil evil root "Evil Proxy CA"
key forged; issue forged evil leaf api.shop.test
chain unknown forged
chain unknown-with-root forged evil

# Bears the name of the trusted issuer, but another key signed it.
key imposter
openssl req -new -x509 -key imposter.key -subj "/CN=Test Issuing CA/O=interloper test" \
    -out imposter.crt
key fake; issue fake imposter leaf api.shop.test
chain imposter fake sub

key self; issue self self leaf api.shop.test
chain self-signed self
# Signed with its own key although its issuer has another name: tlsx issue 851.
key named
openssl req -new -x509 -key named.key -subj "/CN=Some Other Issuer/O=interloper test" -out alias.crt
cp named.key alias.key
issue named alias leaf api.shop.test
chain self-signed-other-name named

# Cross-signed: the issuing CA hangs below an unknown root and below the trusted one.
cp sub.key cross.key; issue cross evil sub "Test Issuing CA"
chain cross-signed leaf cross sub
chain cross-signed-untrusted leaf cross

key weakroot rsa 1024
issue weakroot weakroot root "Weak Root" 20090101000000Z 20150101000000Z sha1
chain legacy-root weakroot
key weak rsa 1024; issue weak weakroot root "Weak Issuing CA" 20090101000000Z 20150101000000Z sha1
key short rsa 1024; issue short weak leaf api.shop.test 20100101000000Z 20120101000000Z sha1
chain legacy short weak

# X.509 version 1: no extensions at all.
key v1
openssl req -new -key v1.key -subj "/O=interloper test/CN=v1.shop.test" -out v1.csr
openssl x509 -req -in v1.csr -CA sub.crt -CAkey sub.key -set_serial 1 -days 3650 -out v1.crt 2> /dev/null
chain v1 v1 sub

key caleaf; issue caleaf root root api.shop.test
chain ca-as-leaf caleaf
key plain; issue plain sub plain api.shop.test
chain no-basic-constraints plain sub
key odd; issue odd sub odd api.shop.test
chain odd-purpose odd sub
key critical; issue critical sub critical api.shop.test
chain unknown-critical critical sub

# What CAs on the path did not permit.
key narrow; issue narrow root constrained "Narrow CA"
key outside; issue outside narrow leaf api.shop.test
chain outside-constraints outside narrow
key deep; issue deep sub sub "Too Deep CA"
key below; issue below deep leaf api.shop.test
chain path-too-long below deep sub
key nothing; issue nothing leaf leaf api.shop.test
chain leaf-as-issuer nothing leaf sub

# Signed with an algorithm that is not computed.
key odd521; openssl ecparam -name secp521r1 -genkey -noout -out odd521.key
issue odd521 root root "P-521 CA"
key above521; issue above521 odd521 leaf api.shop.test '' '' sha512
chain unsupported above521 odd521
