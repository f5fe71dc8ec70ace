export { createAcceptance } from './accept'
export { MESSAGE_REST_MS } from './delivery/connection-loop'
export { startDelivery } from './delivery/scheduler'
export { createOutboxService } from './service'
