"""With which keys does an installation sign, serve and verify?"""

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from preceptor.digests import digest_bytes
from preceptor.exits import BadInput, CheckFailed

# OPA's name for ECDSA on P-256 with SHA-256: `opa build --signing-alg`, `opa run --signing-alg`.
BUNDLE_ALGORITHM = "ES256"
CERTIFICATE_DAYS = 825
_PEM_END = b"-----END PUBLIC KEY-----"

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def key_id(public: Ed25519PublicKey) -> str:
    """``sha256:<64 hex>`` of a public key's DER (SubjectPublicKeyInfo)."""
    return digest_bytes(
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 key that signatures are checked with."""

    public: Ed25519PublicKey

    @property
    def key_id(self) -> str:
        """The key's id in envelopes and checkpoints."""
        return key_id(self.public)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises CheckFailed (reason ``SignatureInvalid``) unless this key signed the message."""
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            raise CheckFailed(
                f"The signature of key {self.key_id} does not match: what was signed has been changed.",
                reason="SignatureInvalid",
            ) from None


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key that statements or checkpoints are signed with."""

    private: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> "SigningKey":
        """A new random key."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public(self) -> PublicKey:
        """The key that verifies."""
        return PublicKey(self.private.public_key())

    @property
    def key_id(self) -> str:
        """The id of the public key."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of a message."""
        return self.private.sign(message)


def load_signing_key(path: Path) -> SigningKey:
    """Read a signing key (PKCS8 PEM, unencrypted). Raises BadInput when it is missing or another kind of key."""
    try:
        private = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError):
        raise BadInput(
            f"{path} holds no unencrypted PKCS8 key in PEM: make one with `preceptor keys generate`.",
            reason="KeyInvalid",
        ) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput(f"{path} is not an Ed25519 key: make one with `preceptor keys generate`.", reason="KeyInvalid")
    return SigningKey(private)


def load_public_keys(path: Path) -> tuple[PublicKey, ...]:
    """Read the public keys of a PEM file, one after another, so that old ones still verify after a change of keys.

    Raises BadInput when there is none or one is not Ed25519.
    """
    blocks = _read(path).split(_PEM_END)[:-1]
    keys: list[PublicKey] = []
    for block in blocks:
        try:
            public = serialization.load_pem_public_key(block.lstrip() + _PEM_END + b"\n")
        except ValueError:
            public = None
        if not isinstance(public, Ed25519PublicKey):
            raise BadInput(f"Key {len(keys) + 1} of {path} is not an Ed25519 public key in PEM.", reason="KeyInvalid")
        keys.append(PublicKey(public))
    if not keys:
        raise BadInput(f"{path} holds no public key in PEM.", reason="KeyInvalid")
    return tuple(keys)


def generate(names: tuple[str, ...], now: datetime.datetime) -> dict[str, bytes]:
    """The files of a new installation, by name: three key pairs, and a server certificate for DNS names or addresses.

    The certificate authority's key is thrown away: it signs this one certificate and nothing else ever. Raises
    BadInput on a name that is neither a DNS name nor an address.
    """
    statements, checkpoints = SigningKey.generate(), SigningKey.generate()
    bundle, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority, certificate = _certificates(server, names, now)
    return {
        "signing.key": _private_pem(statements.private),
        "signing.pub": _public_pem(statements.private),
        "checkpoint.key": _private_pem(checkpoints.private),
        "checkpoint.pub": _public_pem(checkpoints.private),
        "bundle.key": _private_pem(bundle),
        "bundle.pub": _public_pem(bundle),
        "ca.crt": authority.public_bytes(serialization.Encoding.PEM),
        "tls.key": _private_pem(server),
        "tls.crt": certificate.public_bytes(serialization.Encoding.PEM),
    }


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write key files with mode 600 into a folder. Raises BadInput, and writes nothing, when one of them is there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        present = sorted(name for name in files if (folder / name).exists() or (folder / name).is_symlink())
        if present:
            raise BadInput(
                f"{folder} already holds {', '.join(present)}: keys are never overwritten, so name another folder.",
                reason="KeysExist",
            )
        for name, content in files.items():
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
    except OSError as error:
        raise BadInput(f"Keys cannot be written to {folder}: {error.strerror}.", reason="KeysUnwritable") from None


def _certificates(
    server: ec.EllipticCurvePrivateKey, names: tuple[str, ...], now: datetime.datetime
) -> tuple[x509.Certificate, x509.Certificate]:
    alternatives = [_alternative(name) for name in names]
    if not alternatives:
        raise BadInput("A serving certificate needs at least one DNS name.", reason="NameMissing")
    authority_key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Preceptor")])
    # An hour back, for clocks that run behind.
    start, end = now - datetime.timedelta(hours=1), now + datetime.timedelta(days=CERTIFICATE_DAYS)
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())

    def builder(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .issuer_name(issuer)
            .subject_name(subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False)
        )

    authority = (
        builder(issuer, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(_usage(signs_certificates=True), True)
        .add_extension(identifier, False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        # The names stand in the alternative names only: a common name holds no more than 64 characters.
        builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Preceptor service")]), server.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(_usage(signs_certificates=False), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(server.public_key()), False)
        .add_extension(x509.SubjectAlternativeName(alternatives), False)
        .sign(authority_key, hashes.SHA256())
    )
    return authority, certificate


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    labels = name.removeprefix("*.").split(".")
    if len(name) > 253 or not all(
        0 < len(label) <= 63 and label.isascii() and label.replace("-", "").isalnum() and label.strip("-") == label
        for label in labels
    ):
        raise BadInput(f"{name!r} is neither a DNS name nor an IP address.", reason="NameInvalid")
    return x509.DNSName(name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"The key file {path} cannot be read: {error.strerror}.", reason="KeyUnreadable") from None


def _private_pem(private: PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(private: PrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
