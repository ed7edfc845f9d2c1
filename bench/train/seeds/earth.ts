// Seed prompts of science that is no single subject of ours: rocks, weather, climate.
export const EARTH: readonly string[] = [
  'How does an earthquake start?',
  'Explain plate tectonics and why volcanoes cluster around the Pacific',
  'why is the ocean salty',
  'What are tectonic hotspots and how did Hawaii form?',
  'Explain the greenhouse effect and the carbon cycle',
  'How do fossils form and how old are the oldest ones?',
  'What is the difference between weather and climate?',
  'How do geologists tell igneous, sedimentary and metamorphic rocks apart?',
  'How is a hurricane formed over warm water?',
  "What are the layers of the earth's atmosphere?",
  'Describe the water cycle for a school report: evaporation, condensation, precipitation',
];
