"""An app that sends a mail with STARTTLS: Python smtplib. Its URL is smtp://HOST:PORT."""

import smtplib
import urllib.parse

from common import arguments, context, finish

ca, maximum, verify, _, urls = arguments()
problem = None
address = urllib.parse.urlsplit(urls[0])
try:
    with smtplib.SMTP(
        address.hostname, address.port, local_hostname="phone.shop.test", timeout=10
    ) as client:
        client.starttls(context=context(ca, maximum, verify))
        client.sendmail(
            "app@shop.test", ["orders@shop.test"], "Subject: order o-77\r\n\r\nOne lamp.\r\n"
        )
except (OSError, smtplib.SMTPException) as error:
    problem = error
finish(problem)
