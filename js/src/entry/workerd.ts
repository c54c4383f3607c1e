import '../source/workerd/payer.js'

export * from '../index.js'
