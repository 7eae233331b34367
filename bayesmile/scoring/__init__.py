"""How good forecasts were: proper scores, calibration and paired skill; arrays in, arrays out."""
