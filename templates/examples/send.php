<?php
$request = curl_init('{{address}}');
curl_setopt_array($request, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer ' . getenv('API_KEY'),
        'Content-Type: application/json',
        'Idempotency-Key: invoice-21',
    ],
    CURLOPT_POSTFIELDS => json_encode([
        'to' => 'anna@fabrikam.example',
        'subject' => 'Invoice 21',
        'text' => 'Thank you for your order.',
    ], JSON_THROW_ON_ERROR),
]);
$answer = curl_exec($request);
if ($answer === false) {
    throw new RuntimeException(curl_error($request));
}
$result = json_decode($answer, true, 16, JSON_THROW_ON_ERROR);
if (curl_getinfo($request, CURLINFO_RESPONSE_CODE) !== 202) {
    throw new RuntimeException($result['code'] . ': ' . $result['detail']);
}
echo $result['id'], PHP_EOL;
