// Stands in for the native module native-watchdog: nobody has to be watched in a test.
'use strict';
exports.start = () => {};
