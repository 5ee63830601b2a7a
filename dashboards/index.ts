// The Node side of the dashboards: the web app, bundled, as bytes that the hub serves. Nothing here knows HTTP.

export { type Asset, type Assets, loadAssets } from './assets.ts';
