import '../source/workerd.js'

export * from '../index.js'
