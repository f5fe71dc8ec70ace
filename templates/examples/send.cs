using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

using var http = new HttpClient();
using var request = new HttpRequestMessage(HttpMethod.Post, "{{address}}");
request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("API_KEY"));
request.Headers.Add("Idempotency-Key", "invoice-22");
request.Content = JsonContent.Create(new
{
    to = "anna@fabrikam.example",
    subject = "Invoice 22",
    text = "Thank you for your order.",
});
using var answer = await http.SendAsync(request);
var result = await answer.Content.ReadFromJsonAsync<JsonElement>();
if (!answer.IsSuccessStatusCode)
{
    throw new HttpRequestException($"{result.GetProperty("code")}: {result.GetProperty("detail")}");
}
Console.WriteLine(result.GetProperty("id"));
