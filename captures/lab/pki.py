"""The lab's public certificate authority, and the leaves, good and bad, that the origins present.

The root stands for a public one: it goes to trust/public-root.pem and is what `--trust-root`
takes. Its private key lives only as long as the Pki object, so every run has a new root. Leaves
imitate a 90-day domain-validated certificate of today: all extensions, and timestamps of two lab
logs (ct.py).
"""

import base64
import datetime
import hashlib
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID as aia
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ct import Log, sct_list_extension

DAY = datetime.timedelta(days=1)
DOMAIN_VALIDATED = ObjectIdentifier("2.23.140.1.2.1")


def name(common_name, organization=None):
    """A distinguished name in the order public authorities use: C, O, CN."""
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
        parts.insert(0, x509.NameAttribute(NameOID.COUNTRY_NAME, "US"))
    return x509.Name(parts)


def new_key(kind):
    """`p256`, `p384`, or `rsa1024` … by size."""
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "p384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def key_usage(*bits):
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


class Authority:
    """A certificate with its key."""

    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    @classmethod
    def root(cls, common_name, organization, key, now):
        subject = name(common_name, organization)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 400 * DAY)
            .not_valid_after(now + 6000 * DAY)
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(key_usage("key_cert_sign", "crl_sign"), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    def intermediate(self, common_name, key, now):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common_name, "Lab Public Trust"))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 300 * DAY)
            .not_valid_after(now + 1500 * DAY)
            .add_extension(key_usage("digital_signature", "key_cert_sign", "crl_sign"), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.BasicConstraints(True, 0), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(self.key_identifier(), False)
            .add_extension(access("http://root.ca.test/root.der"), False)
            .add_extension(
                x509.CertificatePolicies([x509.PolicyInformation(DOMAIN_VALIDATED, None)]), False
            )
            .add_extension(revocation_list("http://root.ca.test/root.crl"), False)
        )
        return Authority(builder.sign(self.key, hashes.SHA256()), key)

    def key_identifier(self):
        ski = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)


def access(issuer_url, ocsp_url=None):
    ways = [x509.AccessDescription(aia.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url))]
    if ocsp_url:
        ways.insert(0, x509.AccessDescription(aia.OCSP, x509.UniformResourceIdentifier(ocsp_url)))
    return x509.AuthorityInformationAccess(ways)


def revocation_list(url):
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)]
    )


class Pki:
    """All authorities of one run. `leaf` writes what a server needs to a folder."""

    def __init__(self, folder, now=None):
        self.folder = pathlib.Path(folder)
        self.now = (now or datetime.datetime.now(datetime.timezone.utc)).replace(microsecond=0)
        root_key = new_key("rsa2048")
        number = hashlib.sha256(
            root_key.public_key().public_numbers().n.to_bytes(256, "big")
        ).hexdigest()[:8]
        self.root = Authority.root(
            f"Lab Public Root {number}", "Lab Public Trust", root_key, self.now
        )
        self.issuers = {
            "ec": self.root.intermediate("LP E1", new_key("p384"), self.now),
            "rsa": self.root.intermediate("LP R1", new_key("rsa2048"), self.now),
        }
        self.private = Authority.root(
            "Example Works Device CA", "Example Works", new_key("rsa2048"), self.now
        )
        self.logs = [Log(f"Lab log {letter} of {number}") for letter in "AB"]
        self.root_pem = self.root.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def root_file(self):
        path = self.folder / "public-root.pem"
        path.write_text(self.root_pem)
        return path

    def intermediate_pins(self):
        """SHA-256 of both intermediates' public keys, base64: what an app would pin."""
        return [
            base64.b64encode(
                hashlib.sha256(
                    issuer.certificate.public_key().public_bytes(
                        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
                    )
                ).digest()
            ).decode()
            for issuer in self.issuers.values()
        ]

    def leaf(self, kind, hosts):
        """Makes a leaf of one of the KINDS for `hosts`; returns the chain file and the key file."""
        algorithm, issuer_kind, start, days = KINDS[kind]
        key = new_key(algorithm)
        if issuer_kind == "itself":
            chain = [self.self_signed(key, hosts)]
        else:
            issuer = self.private if issuer_kind == "private" else self.issuers[issuer_kind]
            chain = [self.issued(key, hosts, issuer, start, days)]
            if issuer is not self.private and kind != "alone":
                chain.append(issuer.certificate)
        chain_file, key_file = self.folder / f"{kind}.pem", self.folder / f"{kind}.key"
        chain_file.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        return chain_file, key_file

    def issued(self, key, hosts, issuer, start, days):
        begin = self.now + start * DAY - datetime.timedelta(hours=1)
        uses = ["digital_signature"]
        if isinstance(key, rsa.RSAPrivateKey):
            uses.append("key_encipherment")
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(hosts[0]))
            .issuer_name(issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + days * DAY - datetime.timedelta(seconds=1))
            .add_extension(key_usage(*uses), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(issuer.key_identifier(), False)
        )
        if issuer is not self.private:
            builder = (
                builder.add_extension(
                    access("http://issuer.ca.test/i.der", "http://ocsp.ca.test"), False
                )
                .add_extension(
                    x509.CertificatePolicies([x509.PolicyInformation(DOMAIN_VALIDATED, None)]),
                    False,
                )
                .add_extension(revocation_list("http://crl.ca.test/1.crl"), False)
            )
        builder = builder.add_extension(alternative_names(hosts), False)
        if issuer is not self.private:
            draft = builder.add_extension(sct_list_extension([]), False).sign(
                issuer.key, hashes.SHA256()
            )
            timestamps = [log.sign(draft, issuer.certificate, begin) for log in self.logs]
            builder = builder.add_extension(sct_list_extension(timestamps), False)
        return builder.sign(issuer.key, hashes.SHA256())

    def self_signed(self, key, hosts):
        """What `openssl req -x509` gives: subject and issuer alike, a year long, few extensions."""
        subject = name(hosts[0], "Example Works")
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - 30 * DAY)
            .not_valid_after(self.now + 335 * DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(alternative_names(hosts), False)
            .sign(key, hashes.SHA256())
        )


def alternative_names(hosts):
    def general(host):
        try:
            return x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            return x509.DNSName(host)

    return x509.SubjectAlternativeName([general(host) for host in hosts])


# kind: key algorithm, who signs, first day relative to now, days valid
KINDS = {
    "alone": ("p256", "ec", 0, 90),
    "ec": ("p256", "ec", 0, 90),
    "rsa": ("rsa2048", "rsa", 0, 90),
    "expired": ("p256", "ec", -93, 90),
    "private": ("rsa2048", "private", -10, 365),
    "self-signed": ("rsa2048", "itself", -30, 365),
    "weak": ("rsa1024", "rsa", 0, 90),
}
