/** Nothing here calls `unauthorized()`. Without this file the framework's own page for it, with its style, is in the HTML of every page. */
export default function Unauthorized() {
  return null
}
