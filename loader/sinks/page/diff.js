/* diff.js - two runs side by side */
const diffPage = () => [];
