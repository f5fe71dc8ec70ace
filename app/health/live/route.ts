/** The process is alive. The answer says nothing else, because anyone may ask. */
export function GET(): Response {
  return new Response('live\n', { headers: { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' } })
}
