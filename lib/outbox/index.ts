export { createAcceptance } from './accept'
export { startDelivery } from './deliver'
export { createOutboxRoom, type OutboxRoom } from './room'
