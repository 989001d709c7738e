"""Are the keys of an installation usable, private, and never overwritten?"""

import datetime
import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from preceptor import keys
from preceptor.digests import digest_bytes
from preceptor.exits import BadInput, CheckFailed

NAMES = ("preceptor-audit.preceptor-system.svc", "localhost", "127.0.0.1")
FILES = keys.generate(NAMES, datetime.datetime.now(datetime.UTC))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.write(FILES, tmp_path / "keys")
    return tmp_path / "keys"


def test_every_file_is_for_its_owner_only(folder: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == set(FILES)


@pytest.mark.parametrize("present", ["signing.key", "tls.crt"])
def test_no_key_is_ever_overwritten(tmp_path: Path, present: str) -> None:
    (tmp_path / present).write_bytes(b"mine")
    with pytest.raises(BadInput, match=present):
        keys.write(FILES, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [present]
    assert (tmp_path / present).read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["signing", "checkpoint"])
def test_a_key_pair_signs_and_verifies(folder: Path, name: str) -> None:
    private = keys.load_signing_key(folder / f"{name}.key")
    (public,) = keys.load_public_keys(folder / f"{name}.pub")
    public.verify(private.sign(b"text"), b"text")
    with pytest.raises(CheckFailed):
        public.verify(private.sign(b"text"), b"tex")
    assert public.key_id == private.key_id


def test_the_key_id_is_the_digest_of_the_public_keys_der(folder: Path) -> None:
    public = serialization.load_pem_public_key((folder / "signing.pub").read_bytes())
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert keys.load_signing_key(folder / "signing.key").key_id == digest_bytes(der)


def test_several_public_keys_may_stand_in_one_file(folder: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.pub"
    both.write_bytes((folder / "signing.pub").read_bytes() + b"\n" + (folder / "checkpoint.pub").read_bytes())
    assert len(keys.load_public_keys(both)) == 2


@pytest.mark.parametrize("name", ["bundle.pub", "signing.key", "nothing", "tls.crt"])
def test_another_file_is_no_public_signing_key(folder: Path, name: str) -> None:
    with pytest.raises(BadInput):
        keys.load_public_keys(folder / name)


@pytest.mark.parametrize("name", ["bundle.key", "signing.pub", "nothing"])
def test_another_file_is_no_signing_key(folder: Path, name: str) -> None:
    with pytest.raises(BadInput):
        keys.load_signing_key(folder / name)


def test_the_bundle_key_is_one_that_es256_takes(folder: Path) -> None:
    private = serialization.load_pem_private_key((folder / "bundle.key").read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert isinstance(private.curve, ec.SECP256R1)


def test_the_authority_may_sign_servers_only_and_its_key_is_not_kept() -> None:
    authority = x509.load_pem_x509_certificate(FILES["ca.crt"])
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    public = authority.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    kept = [
        serialization.load_pem_private_key(FILES[name], None)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        for name in FILES
        if name.endswith(".key")
    ]
    assert public not in kept


def handshake(folder: Path, name: str) -> str | None:
    """The protocol that a strict client agrees on with a server that has the certificate."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    client = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    # What Python 3.13 does by default.
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    left, right = socket.socketpair()

    def answer() -> None:
        try:
            with server.wrap_socket(left, server_side=True) as connection:
                connection.recv(1)
        except (ssl.SSLError, OSError):
            left.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(right, server_hostname=name) as connection:
            connection.send(b".")
            return connection.version()
    finally:
        right.close()
        thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_a_strict_client_accepts_the_server_under_each_name(folder: Path, name: str) -> None:
    assert handshake(folder, name) == "TLSv1.3"


def test_a_client_refuses_the_server_under_another_name(folder: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(folder, "example.test")


@pytest.mark.parametrize("name", ["", "a b", "-a", "a..b", "x" * 64, "https://a"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        keys.generate((name,), datetime.datetime.now(datetime.UTC))


def test_a_certificate_without_any_name_is_refused() -> None:
    with pytest.raises(BadInput):
        keys.generate((), datetime.datetime.now(datetime.UTC))
