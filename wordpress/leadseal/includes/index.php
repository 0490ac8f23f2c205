<?php
// Silence: nothing of this folder is listed.
