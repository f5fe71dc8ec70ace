import type { Route } from 'next'

/*
 * Every address of the console. Pages take their links from here, so that none imports another one for a link. It lies outside
 * `_server` and has no server code, since forms in the browser use it too.
 */

export const SIGN_IN_PATH = '/sign-in'
export const SIGN_IN_CODE_PATH = '/sign-in/code'
/** Where a second factor is set up. */
export const ENROL_PATH = '/enrol'

export const ACCOUNT_PATH = '/account'
/** Shows a secret once, for example a set-up link or a calendar address. */
export const NOTICE_PATH = '/account/notice'

export const OVERVIEW_PATH = '/overview'

/** The list of mail servers, or the page of the only one. */
export const MAIL_SERVERS_PATH = '/mail-server'
/** Route that streams a connection test of the typed settings. */
export const MAIL_SERVER_TEST_PATH = '/mail-server/test'
export const mailServerPath = (id: string) => `/mail-server/${id}` as const
export const ADD_MAIL_SERVER_PATH = '/mail-server/add'
export const serverTestsPath = (id: string) => `/mail-server/${id}/tests` as const
export const serverRevisionsPath = (id: string) => `/mail-server/${id}/revisions` as const
export const testReportPath = (id: string) => `/mail-server/tests/${id}` as const

export const SET_UP_PATH = '/set-up'
export const HAND_OVER_PATH = '/set-up/hand-over'
export const SET_UP_DOWNLOAD_PATH = '/set-up/download'

export const CREDENTIALS_PATH = '/credentials'
export const APPLICATIONS_PATH = '/credentials/applications'
export const ALERTS_PATH = '/credentials/alerts'
export const REMINDERS_PATH = '/credentials/reminders'
/** Several chosen credentials, to replace one after the other or to give owners. */
export const CHOSEN_PATH = '/credentials/chosen'
/** Private calendar addresses. */
export const CALENDAR_PATH = '/credentials/calendar'
/** The page of a credential, where it is also replaced. The id of a mail server leads to the credential that it uses. */
export const credentialPath = (id: string) => `/credentials/${id}` as const
/** Where the credential of one of several mail servers is replaced; they follow one another. */
export const replaceChosenPath = (mailServerId: string, chosen: readonly string[]) =>
  withQuery(credentialPath(mailServerId), { replace: '1', chosen: chosen.join(',') })

export const POLICY_PATH = '/policy'
/** Route that looks for mistakes in a draft of the rules. */
export const POLICY_PREVIEW_PATH = '/policy/preview'
export const CHECK_CLIENT_PATH = '/clients/check'
export const CHECK_SENDERS_PATH = '/senders/check'
export const POLICY_REVISIONS_PATH = '/policy/revisions'

export const SENDERS_PATH = '/senders'
export const addSendersPath = (server: string): Route => withQuery('/senders/add', { server })
/** Route that streams a test with a message from one sender. */
export const SENDER_TEST_PATH = '/senders/test'

export const MESSAGES_PATH = '/messages'
/** To send a message by hand. */
export const SEND_PATH = '/messages/send'
export const RETENTION_PATH = '/messages/retention'
export const messagePath = (id: string) => `/messages/${id}` as const

/** Printers, applications and scripts that submit mail. */
export const CLIENTS_PATH = '/clients'
export const ADD_CLIENT_PATH = '/clients/add'
export const clientPath = (id: string) => `/clients/${id}` as const
/** Opens the dialog that resets its password or key. */
export const resetClientPath = (id: string) => `/clients/${id}#reset` as const
/** What to enter in the device, for printing. */
export const clientCardPath = (id: string) => `/clients/${id}/card` as const
/** SMTP sessions of the last 7 days, and devices that were refused. */
export const SUBMISSION_SESSIONS_PATH = '/clients/sessions'
export const submissionSessionPath = (id: string) => `/clients/sessions/${id}` as const
/** A network may submit without a login for a short time. */
export const LEARNING_PATH = '/clients/learning'
/** What would happen to a message of a device, up to Exchange. */
export const SUBMISSION_SIMULATOR_PATH = '/clients/simulate'
/** What to enter in common devices and programs. */
export const DEVICES_PATH = '/clients/devices'
export const devicePath = (id: string) => `/clients/devices/${id}` as const
/** Senders that still use a password at Exchange Online. */
export const BASIC_AUTH_PATH = '/clients/basic-authentication'
export const BASIC_AUTH_SCRIPT_PATH = '/clients/basic-authentication/script'

export const ACTIVITY_PATH = '/activity'

export const SYSTEM_PATH = '/system'
export const OPERATORS_PATH = '/system/operators'
export const operatorPath = (id: string) => `/system/operators/${id}` as const

export const HELP_PATH = '/help'
/** How the receiver of a webhook verifies its signature. */
export const WEBHOOK_HELP_PATH = '/help/webhook-signature'
/** The HTTP API: its requests, examples and errors. Its answers link here. */
export const API_HELP_PATH = '/help/http-api'
export const API_DOCUMENT_PATH = '/api/v1/openapi.json'
export const helpPath = (code: string) => `/help/${code}` as const

export type QueryParameters = Readonly<Record<string, string | null | undefined>>

/** An address with a query string; parameters without a value are left out. */
export function withQuery(path: string, parameters: QueryParameters): Route {
  const set = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const search = new URLSearchParams(set).toString()
  return (search ? `${path}?${search}` : path) as Route
}

/** The sign-in page, from where a successful sign-in leads to `next`, if there is one. */
export const signInPath = (next: string | null): Route => withQuery(SIGN_IN_PATH, { next })

/** The step that asks for password and second factor again, and then leads to `next`. */
export const confirmPath = (next: string): Route => withQuery('/confirm', { next })

/** A place in the list of senders. `query.server` is left out where there is only one mail server. */
export const sendersPath = (
  query: { server?: string; text?: string; state?: string | null; after?: string },
  flash: QueryParameters = {},
): Route => withQuery(SENDERS_PATH, { ...query, ...flash })

/** The page of one sender. `server` is left out where there is only one mail server. */
export const senderPath = (
  { server, address }: { server?: string | null; address: string },
  flash: QueryParameters = {},
): Route => withQuery(`${SENDERS_PATH}/${encodeURIComponent(address)}`, { server, ...flash })

/** The test report or the message that shows whether Exchange accepts a sender. */
export const evidencePath = ({ how, evidenceId }: { how: 'test' | 'delivery'; evidenceId: string }): Route =>
  (how === 'test' ? testReportPath(evidenceId) : messagePath(evidenceId)) as Route
