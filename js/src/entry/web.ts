import '../source/web.js'

export * from '../index.js'
