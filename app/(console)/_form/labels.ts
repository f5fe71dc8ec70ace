/** Puts values into the `{name}` places of a ready text. The browser gets ready texts, and no formatter. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
}
