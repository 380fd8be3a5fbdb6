#!/bin/sh
# Makes the certificates of the parsing tests, each in DER. Needs OpenSSL 3. All keys are thrown
# away. Prints nothing; run it again and every file changes, and the tests still pass.
set -eu
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > any.cnf <<'CNF'
[ca]
default_ca = any
[any]
database = index.txt
new_certs_dir = .
policy = policy
unique_subject = no
serial = serial
preserve = yes
email_in_dn = yes
copy_extensions = none
[policy]
commonName = optional
organizationName = optional
organizationalUnitName = optional
countryName = optional
stateOrProvinceName = optional
localityName = optional
emailAddress = optional
domainComponent = optional
serialNumber = optional
street = optional
postalCode = optional
UID = optional
[none]
[full]
basicConstraints = critical,CA:TRUE,pathlen:3
keyUsage = critical,digitalSignature,keyCertSign,decipherOnly
extendedKeyUsage = clientAuth,serverAuth,1.2.3.4
subjectKeyIdentifier = 0102030405
subjectAltName = DNS:*.shop.test,IP:203.0.113.5,IP:2001:db8::1,email:a@b.test,URI:https://c.test/,RID:1.2.3
certificatePolicies = 2.23.140.1.2.1,1.3.6.1.4.1.44947.1.1.1
crlDistributionPoints = URI:http://crl.test/1.crl
authorityInfoAccess = OCSP;URI:http://ocsp.test,caIssuers;URI:http://ca.test/i.der
1.3.6.1.4.1.11129.2.4.2 = DER:04:38:00:36:00:34:00:a4:b9:09:90:b4:18:58:14:87:bb:13:a2:cc:67:70:0a:3c:35:98:04:f9:1b:df:b8:e3:77:cd:0e:c8:0d:dc:10:00:00:01:90:00:00:00:00:00:00:04:03:00:05:01:02:03:04:05
[malformed]
subjectKeyIdentifier = 0102
2.5.29.19 = critical,DER:ff:ff
2.5.29.17 = DER:30:84
2.5.29.32 = DER:02:01:05
keyUsage = digitalSignature
CNF

certificate() { # FILE EXTENSIONS SUBJECT [SERIAL END DIGEST-AND-OPTIONS]
    echo "${4:-01}" > serial
    : > index.txt
    openssl req -new -key key.pem -utf8 -multivalue-rdn -subj "$3" -out request.pem
    openssl ca -batch -notext -config any.cnf -selfsign -keyfile key.pem -in request.pem \
        -startdate 20240101000000Z -enddate "${5:-20340101000000Z}" -extensions "$2" \
        -md ${6:-sha256} -out certificate.pem 2> /dev/null
    openssl x509 -in certificate.pem -outform der -out "$out/$1.der"
}
ec() { openssl ecparam -name "$1" -genkey -noout ${2:-} ${3:-} -out key.pem; }

ec prime256v1
certificate full full \
    "/C=DE/ST=Bayern/L=München/O=Übung, GmbH/OU=a/OU=b/DC=test/UID=u1/serialNumber=7/street=Weg 1/postalCode=80331/CN=shop.test/emailAddress=a@b.test"
certificate malformed malformed "/CN=malformed"
certificate serial none "/CN=long serial" 8F0102030405060708090A0B0C0D0E0F10
certificate late none "/CN=late" 01 99991231235959Z
certificate p256-sha384 none "/CN=p256" 01 20340101000000Z sha384
ec secp384r1
certificate p384-sha256 none "/CN=p384"
ec secp521r1
certificate p521 none "/CN=p521" 01 20340101000000Z sha512
ec secp256k1
certificate secp256k1 none "/CN=k1"
ec secp384r1 -param_enc explicit
certificate explicit none "/CN=explicit"

openssl genpkey -algorithm ed25519 -out key.pem
certificate ed25519 none "/CN=ed25519" 01 20340101000000Z default
openssl genpkey -algorithm ed448 -out key.pem
certificate ed448 none "/CN=ed448" 01 20340101000000Z default
openssl genrsa -out key.pem 2048 2> /dev/null
certificate rsa2048 none "/CN=rsa" 01 20340101000000Z sha384
certificate pss none "/CN=pss" 01 20340101000000Z \
    "sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32"
certificate pss-odd-salt none "/CN=pss" 01 20340101000000Z \
    "sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20"
certificate md5 none "/CN=md5" 01 20340101000000Z md5
openssl genrsa -out key.pem 1024 2> /dev/null
certificate rsa1024-sha1 none "/CN=rsa" 01 20340101000000Z sha1
openssl genrsa -out key.pem 512 2> /dev/null
certificate rsa512 none "/CN=rsa" 01 20340101000000Z sha1
openssl dsaparam -genkey -out key.pem 1024 2> /dev/null
certificate dsa none "/CN=dsa"

ec prime256v1
openssl req -new -key key.pem -subj "/CN=v1" -out request.pem
openssl x509 -req -in request.pem -signkey key.pem -set_serial 1 -outform der \
    -out "$out/v1.der" 2> /dev/null
