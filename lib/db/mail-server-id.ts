/** The one mail server there is so far. A fixed id, so that two first saves at once cannot make two. */
export const DEFAULT_MAIL_SERVER_ID = '00000000-0000-4000-8000-000000000001'
