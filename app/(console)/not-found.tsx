import { rarePage } from '../_server/rare-page'

/** A page of the console that is not there: the rail stays. */
export default function NotFound() {
  return rarePage('notFound', 'console')
}
