$ErrorActionPreference = 'Stop'
$mail = @{
    to      = 'anna@fabrikam.example'
    subject = 'Invoice 20'
    text    = 'Thank you for your order.'
}
$request = @{
    Method      = 'Post'
    Uri         = '{{address}}'
    ContentType = 'application/json; charset=utf-8'
    Headers     = @{ Authorization = "Bearer $env:API_KEY"; 'Idempotency-Key' = 'invoice-20' }
    Body        = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $mail))
}
(Invoke-RestMethod @request).id
