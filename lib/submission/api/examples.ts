/** One message of a program in a language, complete. */
export interface Example {
  language: 'TypeScript' | 'curl' | 'Python' | 'PowerShell' | 'PHP' | 'C#'
  /** For the fence in a document. */
  fence: string
  text: string
}

/** What the help page and docs/http-api.md show; the tests run or parse exactly these texts. The key is in POSTROOM_KEY. */
export const examplesAt = (origin: string): readonly Example[] => {
  const address = `${origin}/api/v1/messages`
  return [
    { language: 'curl', fence: 'sh', text: curl(address) },
    { language: 'TypeScript', fence: 'ts', text: typescript(address) },
    { language: 'Python', fence: 'python', text: python(address) },
    { language: 'PowerShell', fence: 'powershell', text: powershell(address) },
    { language: 'PHP', fence: 'php', text: php(address) },
    { language: 'C#', fence: 'csharp', text: csharp(address) },
  ]
}

const curl = (address: string): string => `curl --silent --show-error --fail-with-body "${address}" \\
  --header "Authorization: Bearer $POSTROOM_KEY" \\
  --header "Content-Type: application/json" \\
  --header "Idempotency-Key: invoice-17" \\
  --data '{ "to": "anna@fabrikam.example", "subject": "Invoice 17", "text": "Thank you for your order." }'`

const typescript = (address: string): string => `const answer = await fetch('${address}', {
  method: 'POST',
  headers: {
    Authorization: \`Bearer \${process.env.POSTROOM_KEY}\`,
    'Content-Type': 'application/json',
    'Idempotency-Key': 'invoice-17',
  },
  body: JSON.stringify({
    to: ['anna@fabrikam.example'],
    subject: 'Invoice 17',
    text: 'Thank you for your order.',
    attachments: [
      { filename: 'invoice.txt', contentType: 'text/plain', contentBase64: Buffer.from('17').toString('base64') },
    ],
  }),
})
const result = (await answer.json()) as { id: string } & { code: string; detail: string }
if (!answer.ok) throw new Error(\`\${result.code}: \${result.detail}\`)
console.log(result.id)`

const python = (address: string): string => `import json
import os
import urllib.error
import urllib.request

request = urllib.request.Request(
    "${address}",
    data=json.dumps({
        "to": "anna@fabrikam.example",
        "subject": "Invoice 17",
        "text": "Thank you for your order.",
    }).encode(),
    headers={
        "Authorization": "Bearer " + os.environ["POSTROOM_KEY"],
        "Content-Type": "application/json",
        "Idempotency-Key": "invoice-17",
    },
)
try:
    with urllib.request.urlopen(request) as answer:
        print(json.load(answer)["id"])
except urllib.error.HTTPError as error:
    problem = json.load(error)
    raise SystemExit(problem["code"] + ": " + problem["detail"])`

const powershell = (address: string): string => `$mail = @{
    to      = 'anna@fabrikam.example'
    subject = 'Invoice 17'
    text    = 'Thank you for your order.'
}
$request = @{
    Method      = 'Post'
    Uri         = '${address}'
    ContentType = 'application/json; charset=utf-8'
    Headers     = @{ Authorization = "Bearer $env:POSTROOM_KEY"; 'Idempotency-Key' = 'invoice-17' }
    Body        = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $mail))
}
(Invoke-RestMethod @request).id`

const php = (address: string): string => `<?php
$request = curl_init('${address}');
curl_setopt_array($request, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer ' . getenv('POSTROOM_KEY'),
        'Content-Type: application/json',
        'Idempotency-Key: invoice-17',
    ],
    CURLOPT_POSTFIELDS => json_encode([
        'to' => 'anna@fabrikam.example',
        'subject' => 'Invoice 17',
        'text' => 'Thank you for your order.',
    ], JSON_THROW_ON_ERROR),
]);
$result = json_decode(curl_exec($request), true, 16, JSON_THROW_ON_ERROR);
if (curl_getinfo($request, CURLINFO_RESPONSE_CODE) !== 202) {
    throw new RuntimeException($result['code'] . ': ' . $result['detail']);
}
echo $result['id'], PHP_EOL;`

const csharp = (address: string): string => `using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

using var http = new HttpClient();
using var request = new HttpRequestMessage(HttpMethod.Post, "${address}");
request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("POSTROOM_KEY"));
request.Headers.Add("Idempotency-Key", "invoice-17");
request.Content = JsonContent.Create(new
{
    to = "anna@fabrikam.example",
    subject = "Invoice 17",
    text = "Thank you for your order.",
});
using var answer = await http.SendAsync(request);
var result = await answer.Content.ReadFromJsonAsync<JsonElement>();
if (!answer.IsSuccessStatusCode)
{
    throw new HttpRequestException($"{result.GetProperty("code")}: {result.GetProperty("detail")}");
}
Console.WriteLine(result.GetProperty("id"));`
