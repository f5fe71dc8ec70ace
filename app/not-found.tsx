import { rarePage } from './_server/rare-page'

/** A page that is not there, outside the console. */
export default function NotFound() {
  return rarePage('notFound', 'entrance')
}
