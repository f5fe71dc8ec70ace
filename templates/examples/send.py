import json
import os
import urllib.error
import urllib.request

request = urllib.request.Request(
    "{{address}}",
    data=json.dumps({
        "to": "anna@fabrikam.example",
        "subject": "Invoice 19",
        "text": "Thank you for your order.",
    }).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["API_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": "invoice-19",
    },
)
try:
    with urllib.request.urlopen(request) as answer:
        print(json.load(answer)["id"])
except urllib.error.HTTPError as error:
    problem = json.load(error)
    raise SystemExit(problem["code"] + ": " + problem["detail"])
