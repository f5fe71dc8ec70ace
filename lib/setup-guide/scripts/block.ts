/**
 * The labels of the block that a script prints at its end, one value per line. The Mail server page reads the block when it is pasted
 * (`lib/mail-server/paste`). The labels are those of the portal, in English in both languages.
 */
export const BLOCK_LABELS = {
  /** Id of the Microsoft cloud that the other values belong to. */
  cloud: 'Microsoft cloud',
  tenantId: 'Directory (tenant) ID',
  clientId: 'Application (client) ID',
  objectId: 'Object ID',
  sender: 'Sender email address',
  secret: 'Client secret value',
  expires: 'Secret expires at',
} as const

/** The lines around the block, so that people see what to copy. */
export const BLOCK_OPENS = '----- Postroom -----'
export const BLOCK_CLOSES = '--------------------'
