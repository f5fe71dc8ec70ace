/** Numbers of advisory locks: any that no other program uses, the same in every process. */

/** Two starts at once migrate one after the other; a restore or backup waits for a migration, and the other way round. */
export const MIGRATION_LOCK = 7_240_151
/** Held while roles and their rights are changed: two starts at once would disturb each other. */
export const GRANT_LOCK = 7_240_155
/** Held by the one script that runs, until it commits: it may outlive the process that sent it. */
export const SCRIPT_LOCK = 7_240_152
/** Shared by every console and worker as long as it lives; a restore takes it alone. */
export const PRESENCE_LOCK = 7_240_153
/** With a worker's number: its session holds it as long as the worker lives. */
export const WORKER_LOCK = 7_240_156
/** With a console's number: the session that says so holds it as long as the console lives. */
export const CONSOLE_LOCK = 7_240_160
/** Steps of the list of mail servers follow one another, and saves of their settings, which may name one, and of rules that name them. */
export const SERVERS_LOCK = 7_240_154
/** Starts of learning mode follow one another, so that only one runs. */
export const LEARNING_LOCK = 7_240_157
/** Added recipients of reminders follow one another, so that none is there twice. */
export const CHANNELS_LOCK = 7_240_158
/** Created calendar addresses follow one another, so that no person has more than there may be. */
export const FEEDS_LOCK = 7_240_159
/** Uses of set-up links follow one another, so that only one makes the first administrator. */
export const SETUP_LOCK = 4_171_993
/** Lines writers of audit entries up: one chain for the whole database. */
export const CHAIN_LOCK = 4_171_992
