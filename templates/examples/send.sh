curl --silent --show-error --fail-with-body "{{address}}" \
  --header "Authorization: Bearer $API_KEY" \
  --header "Content-Type: application/json" \
  --header "Idempotency-Key: invoice-17" \
  --data '{ "to": "anna@fabrikam.example", "subject": "Invoice 17", "text": "Thank you for your order." }'
