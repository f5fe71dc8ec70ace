/** Apart from what reads its query, which a browser has no use for. */
export const MESSAGES_PATH = '/messages'
