import type { NoteKind } from '@/components/note'

const DONE = ['added', 'way', 'removed']

/** Anything else is a change that did not happen. */
export const flashKind = (key: string): NoteKind => (DONE.includes(key) ? 'info' : 'warning')
