/** Without one of its own, the framework takes the console's, which lies further up. */
export function register() {}
