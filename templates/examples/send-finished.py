import json
import os
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.policy import SMTP

mail = EmailMessage(policy=SMTP)  # ends lines with CRLF
mail["From"] = "billing@contoso.example"
mail["To"] = "Anna Müller <anna@fabrikam.example>"
mail["Subject"] = "Invoice 23"
mail.set_content("Thank you for your order.")
mail.add_alternative('<p>Thank you. <img src="cid:logo"></p>', subtype="html")
with open("logo.png", "rb") as logo:
    mail.get_payload()[1].add_related(logo.read(), "image", "png", cid="<logo>")

request = urllib.request.Request(
    "{{address}}",
    data=mail.as_bytes(),
    headers={
        "Authorization": "Bearer " + os.environ["API_KEY"],
        "Content-Type": "message/rfc822",
        "Idempotency-Key": "invoice-23",
    },
)
try:
    with urllib.request.urlopen(request) as answer:
        print(json.load(answer)["id"])
except urllib.error.HTTPError as error:
    problem = json.load(error)
    raise SystemExit(problem["code"] + ": " + problem["detail"])
