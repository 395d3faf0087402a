"""Ed25519 keys (RFC 8032) for notes and for cosignatures. The only module that uses ``cryptography``."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fadu.ledger.errors import NoteError
from fadu.ledger.notes import COSIGNATURE, TIME_BYTES, check_name, cosigned_message, key_id, read_key, write_key

ED25519 = "ed25519"
KINDS = {ED25519: 0x01, COSIGNATURE: 0x04}
"""Algorithm → its signature type of C2SP signed-note."""

KEY_BYTES = 32
SIGNATURE_BYTES = 64


def _kind(algorithm: str) -> int:
    if algorithm not in KINDS:
        raise NoteError(f"没有“{algorithm}”这种 Ed25519 密钥；接受：{'、'.join(KINDS)}")
    return KINDS[algorithm]


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """A public key, for notes or (``algorithm`` ``cosignature/v1``) a witness's.

    >>> signer = Ed25519Signer.from_seed("example.org/ledger", bytes(32))
    >>> Ed25519Verifier.read(signer.verifier.text).verify(b"text\\n", signer.sign(b"text\\n"))
    True
    """

    name: str
    public_key: bytes
    algorithm: str = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        _kind(self.algorithm)
        if len(self.public_key) != KEY_BYTES:
            raise NoteError(f"“{self.name}”的公钥是 {len(self.public_key)} 字节；Ed25519 公钥是 {KEY_BYTES} 字节")

    @property
    def key_id(self) -> bytes:
        """Four bytes; those of a witness's key differ from those of the same key used for notes."""
        return key_id(self.name, _kind(self.algorithm), self.public_key)

    @property
    def text(self) -> str:
        """The verifier key, to be published: ``name+key id+base64``."""
        return write_key(self.name, _kind(self.algorithm), self.public_key)

    @classmethod
    def read(cls, text: str) -> Ed25519Verifier:
        """The key of a verifier key string. Raises ``NoteError``."""
        name, kind, public_key = read_key(text.strip())
        for algorithm, number in KINDS.items():
            if kind == number:
                return cls(name, public_key, algorithm)
        raise NoteError(f"公钥“{name}”的类型是 0x{kind:02x}；接受：Ed25519（0x01）、见证签名（0x04）")

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature of a note's text is this key's. Never raises for a bad one."""
        if self.algorithm == COSIGNATURE:
            timestamp = int.from_bytes(signature[:TIME_BYTES], "big")
            text, signature = cosigned_message(text, timestamp), signature[TIME_BYTES:]
            if timestamp >> 63:
                return False
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """A private key; it never shows in ``repr``."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)
    algorithm: str = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        _kind(self.algorithm)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, algorithm: str = ED25519) -> Ed25519Signer:
        """The key of a 32-byte seed (RFC 8032). Raises ``NoteError``."""
        if len(seed) != KEY_BYTES:
            raise NoteError(f"“{name}”的私钥种子是 {len(seed)} 字节；应是 {KEY_BYTES} 个随机字节")
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed), algorithm)

    @classmethod
    def from_pem(cls, name: str, pem: bytes, algorithm: str = ED25519, password: bytes | None = None) -> Ed25519Signer:
        """The key of a PEM file (PKCS #8). Raises ``NoteError``: no key, another kind of key, a wrong password."""
        try:
            key = load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise NoteError(f"“{name}”的私钥文件读不出；应是 PEM（PKCS #8）的私钥，有口令的要给对口令") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise NoteError(f"“{name}”的私钥文件不是 Ed25519 的；可用 openssl genpkey -algorithm ed25519 生成")
        return cls(name, key, algorithm)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """The key as a PEM file (PKCS #8), encrypted where a password is given."""
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    @property
    def verifier(self) -> Ed25519Verifier:
        """The public key."""
        return Ed25519Verifier(self.name, self.key.public_key().public_bytes_raw(), self.algorithm)

    @property
    def key_id(self) -> bytes:
        """That of the public key."""
        return self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self.key.sign(message)
