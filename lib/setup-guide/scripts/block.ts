/**
 * What a script prints at its end and the Mail server page takes apart when it is pasted (`lib/mail-server/paste`): labels
 * as the portal has them, in English in both languages, one pair a line.
 */
export const BLOCK_LABELS = {
  /** By its id: which of Microsoft's clouds the rest is true in. */
  cloud: 'Microsoft cloud',
  tenantId: 'Directory (tenant) ID',
  clientId: 'Application (client) ID',
  objectId: 'Object ID',
  sender: 'Sender email address',
  secret: 'Client secret value',
  expires: 'Secret expires at',
} as const

/** Stand around the block, so that people see what to copy. */
export const BLOCK_OPENS = '----- Postroom -----'
export const BLOCK_CLOSES = '--------------------'
