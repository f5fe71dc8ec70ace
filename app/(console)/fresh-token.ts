/** 128 random bits, as app/_server/form-token makes them; `randomUUID` would need a secure context. For forms in the browser. */
export function freshToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
