import './sources/web.js'

export * from '../index.js'
