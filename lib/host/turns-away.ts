/** Sent to the host while a process closes connections, one of which may be the host's health check: it is not blocked then. */
export const TURNS_AWAY = 'turns connections away'
