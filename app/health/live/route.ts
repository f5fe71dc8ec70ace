/** The process lives; nothing else is said to strangers. */
export function GET(): Response {
  return new Response('live\n', { headers: { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' } })
}
