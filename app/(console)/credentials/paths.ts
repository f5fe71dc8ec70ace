import type { Route } from 'next'

export const CREDENTIALS = '/credentials'

/** Where one mail server's credential is replaced. */
export const replacePath = (mailServerId: string): Route => `/credentials/servers/${mailServerId}` as Route

export const credentialPath = (id: string): Route => `/credentials/${id}` as Route
