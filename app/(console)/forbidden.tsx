import { rarePage } from '../_server/rare-page'

/** A page of the console that the role does not open: the rail stays. */
export default function Forbidden() {
  return rarePage('forbidden', 'console')
}
