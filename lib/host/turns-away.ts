/**
 * What a process tells the host while it closes connections because it has too many. The host's own question may be one of them:
 * then no answer does not mean that the process is blocked.
 */
export const TURNS_AWAY = 'turns connections away'
