"""The course as a site to learn from: `lecture site` builds it below build/site, `lecture watch` serves it."""
