"""A certificate that nobody vouches for is not believed."""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from newslib import Archive
from tests.crawling import scrapy


@pytest.fixture
def self_signed(tmp_path):
    """The address of an https server on loopback with a certificate of its own making, and what was asked of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>" + b"A sentence that is long enough to be stored as an article. " * 5)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}/story-12345", asked
    server.shutdown()


def test_a_page_behind_a_self_signed_certificate_is_not_read(tmp_path, self_signed):
    url, asked = self_signed
    listed = tmp_path / "list.txt"
    listed.write_text(url)
    args = ["crawl", "urls", "-a", f"file={listed}", "-s", f"ARCHIVE_DIR={tmp_path / 'a'}", "-s", "RETRY_TIMES=0"]
    done = scrapy(*args, "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "ROBOTSTXT_OBEY=0")
    assert done.returncode == 0, done.stderr
    assert not asked
    with Archive.open(tmp_path / "a") as archive:
        outcome, reason = archive.outcome(url)
        assert outcome == "failed" and "certificate" in reason.lower(), reason
