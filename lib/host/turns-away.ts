/**
 * Message of a process to the host while it closes connections because it has too many. The host's health check may be one of them, so
 * no answer then does not mean that the process is blocked.
 */
export const TURNS_AWAY = 'turns connections away'
