export { composeSubmitted, messageFactory } from './message'
export { createMailTransport } from './transport'
