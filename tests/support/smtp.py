"""A real SMTP server on a loopback port for the tests of the mail receiver.

Usage: smtp.py SETTINGS, a JSON object with the optional keys
    tls       "starttls" (demanded), "tls" (from the first byte) or absent (none)
    cert, key PEM files for it
    user, password   demand this login
    rcpt, data       answer these commands with this reply, for example "550 no such user"

Prints the port on the first line, then one JSON object for each mail that was accepted. Ends when standard input is
closed, so it never outlives the test that started it.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, settings):
        self.settings = settings

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "rcpt" in self.settings:
            return self.settings["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if "data" in self.settings:
            return self.settings["data"]
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        report = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None,
            "login": getattr(session, "auth_data", None) is not None,
            "names": [name for name, _ in mail.items()],
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            "parts": [
                {"type": part.get_content_type(), "text": part.get_content()}
                for part in mail.walk()
                if not part.is_multipart()
            ],
            "longest_line": max(len(line) for line in envelope.original_content.split(b"\r\n")),
        }
        print(json.dumps(report), flush=True)
        return "250 2.0.0 taken as number 1"


def server(settings, context):
    options = {"hostname": "mail.test", "enable_SMTPUTF8": True}
    if settings.get("tls") == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if "user" in settings:
        wanted = (settings["user"].encode(), settings["password"].encode())

        def login(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == wanted
            return AuthResult(success=good, handled=False, auth_data=data if good else None)

        options.update(authenticator=login, auth_required=True)
        options.update(auth_require_tls=settings.get("tls") == "starttls")
    return SMTP(Handler(settings), **options)


async def main():
    # Refused handshakes and logins without TLS are what the tests are about: no news for standard error.
    warnings.simplefilter("ignore")
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    settings = json.loads(sys.argv[1])
    context = None
    if "tls" in settings:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings["cert"], settings["key"])
    loop = asyncio.get_running_loop()
    wrapped = context if settings.get("tls") == "tls" else None
    listening = await loop.create_server(lambda: server(settings, context), "127.0.0.1", 0, ssl=wrapped)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
