export function smallPng(picture: Buffer): Buffer
