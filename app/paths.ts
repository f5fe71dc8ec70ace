import type { Route } from 'next'

/*
 * Every address of the console. Pages take their links from here, so that none imports another one for a link, and the compiler knows that
 * each leads somewhere. It lies outside `_server` and has no server code, since forms in the browser use it too.
 */

export const SIGN_IN_PATH = '/sign-in' satisfies Route
export const SIGN_IN_CODE_PATH = '/sign-in/code' satisfies Route
/** Where a second factor is set up. */
export const ENROL_PATH = '/enrol' satisfies Route

export const ACCOUNT_PATH = '/account' satisfies Route
/** Shows a secret once, for example a set-up link or a calendar address. */
export const NOTICE_PATH = '/account/notice' satisfies Route

export const OVERVIEW_PATH = '/overview' satisfies Route

/** The list of mail servers, or the page of the only one. */
export const MAIL_SERVERS_PATH = '/mail-server' satisfies Route
/** Route that streams a connection test of the typed settings. */
export const MAIL_SERVER_TEST_PATH = '/mail-server/test' satisfies Route
export const mailServerPath = (id: string) => `/mail-server/${id}` as const
export const ADD_MAIL_SERVER_PATH = '/mail-server/add' satisfies Route
export const serverTestsPath = (id: string) => `/mail-server/${id}/tests` as const
export const serverRevisionsPath = (id: string) => `/mail-server/${id}/revisions` as const
export const testReportPath = (id: string) => `/mail-server/tests/${id}` as const

export const SET_UP_PATH = '/set-up' satisfies Route
export const HAND_OVER_PATH = '/set-up/hand-over' satisfies Route
export const SET_UP_DOWNLOAD_PATH = '/set-up/download' satisfies Route

export const CREDENTIALS_PATH = '/credentials' satisfies Route
export const APPLICATIONS_PATH = '/credentials/applications' satisfies Route
export const ALERTS_PATH = '/credentials/alerts' satisfies Route
export const REMINDERS_PATH = '/credentials/reminders' satisfies Route
/** Several chosen credentials, to replace one after the other or to give owners. */
export const CHOSEN_PATH = '/credentials/chosen' satisfies Route
/** Private calendar addresses. */
export const CALENDAR_PATH = '/credentials/calendar' satisfies Route
/** The page of a credential, where it is also replaced. The id of a mail server leads to the credential that it uses. */
export const credentialPath = (id: string) => `/credentials/${id}` as const
/** Where the credential of one of several mail servers is replaced; they follow one another. */
export const replaceChosenPath = (mailServerId: string, chosen: readonly string[]) =>
  withQuery(credentialPath(mailServerId), { replace: '1', chosen: chosen.join(',') })

export const POLICY_PATH = '/policy' satisfies Route
/** Route that looks for mistakes in a draft of the rules. */
export const POLICY_PREVIEW_PATH = '/policy/preview' satisfies Route
export const CHECK_CLIENT_PATH = '/clients/check' satisfies Route
export const CHECK_SENDERS_PATH = '/senders/check' satisfies Route
export const POLICY_REVISIONS_PATH = '/policy/revisions' satisfies Route

export const SENDERS_PATH = '/senders' satisfies Route
export const addSendersPath = (server: string): Route => withQuery('/senders/add', { server })
/** Route that streams a test with a message from one sender. */
export const SENDER_TEST_PATH = '/senders/test' satisfies Route

export const MESSAGES_PATH = '/messages' satisfies Route
export const SEND_PATH = '/messages/send' satisfies Route
export const RETENTION_PATH = '/messages/retention' satisfies Route
export const messagePath = (id: string) => `/messages/${id}` as const

/** Printers, applications and scripts that submit mail. */
export const CLIENTS_PATH = '/clients' satisfies Route
export const ADD_CLIENT_PATH = '/clients/add' satisfies Route
export const clientPath = (id: string) => `/clients/${id}` as const
export const resetClientPath = (id: string) => `/clients/${id}#reset` as const
/** What to enter in the device, for printing, and that of several devices. */
export const clientCardPath = (id: string) => `/clients/${id}/card` as const
/** SMTP sessions of the last 7 days, and devices that were refused. */
export const SUBMISSION_SESSIONS_PATH = '/clients/sessions' satisfies Route
export const submissionSessionPath = (id: string) => `/clients/sessions/${id}` as const
/** A network may submit without a login for a short time. */
export const LEARNING_PATH = '/clients/learning' satisfies Route
/** What would happen to a message of a device, up to Exchange. */
export const SUBMISSION_SIMULATOR_PATH = '/clients/simulate' satisfies Route
export const DEVICES_PATH = '/clients/devices' satisfies Route
export const devicePath = (id: string) => `/clients/devices/${id}` as const
export const BASIC_AUTH_PATH = '/clients/basic-authentication' satisfies Route
export const BASIC_AUTH_SCRIPT_PATH = '/clients/basic-authentication/script' satisfies Route

export const ACTIVITY_PATH = '/activity' satisfies Route

export const SYSTEM_PATH = '/system' satisfies Route
export const OPERATORS_PATH = '/system/operators' satisfies Route
export const operatorPath = (id: string) => `/system/operators/${id}` as const

export const HELP_PATH = '/help' satisfies Route
export const WEBHOOK_HELP_PATH = '/help/webhook-signature' satisfies Route
/** The HTTP API: its requests, examples and errors. Its answers link here. */
export const API_HELP_PATH = '/help/http-api' satisfies Route
export const API_DOCUMENT_PATH = '/api/v1/openapi.json' satisfies Route
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
