import { rarePage } from './_server/rare-page'

/** A page outside the console that the role does not open. */
export default function Forbidden() {
  return rarePage('forbidden', 'entrance')
}
