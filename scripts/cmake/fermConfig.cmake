# find_package(ferm) gives ferm::ferm, the shared library, and where it is installed ferm::static, which goes into the program.
# Everything is found from where this file lies: in a folder cmake/ferm beside the library, below any prefix.
get_filename_component(_ferm_libraries "${CMAKE_CURRENT_LIST_DIR}/../.." REALPATH)
foreach(_ferm_folder "${_ferm_libraries}/../include" "${_ferm_libraries}/../../include")
  if(EXISTS "${_ferm_folder}/ferm.h")
    get_filename_component(_ferm_headers "${_ferm_folder}" REALPATH)
    break()
  endif()
endforeach()

if(NOT _ferm_headers OR NOT EXISTS "${_ferm_libraries}/libferm.so")
  set(ferm_FOUND FALSE)
  set(ferm_NOT_FOUND_MESSAGE "ferm.h or libferm.so is not where ${CMAKE_CURRENT_LIST_FILE} expects it: install ferm again.")
  return()
endif()

if(NOT TARGET ferm::ferm)
  add_library(ferm::ferm SHARED IMPORTED)
  set_target_properties(ferm::ferm PROPERTIES
    IMPORTED_LOCATION "${_ferm_libraries}/libferm.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_ferm_headers}")
endif()
if(NOT TARGET ferm::static AND EXISTS "${_ferm_libraries}/libferm.a")
  add_library(ferm::static STATIC IMPORTED)
  set_target_properties(ferm::static PROPERTIES
    IMPORTED_LOCATION "${_ferm_libraries}/libferm.a"
    INTERFACE_LINK_LIBRARIES "z;m;pthread"
    INTERFACE_INCLUDE_DIRECTORIES "${_ferm_headers}")
endif()
unset(_ferm_folder)
unset(_ferm_headers)
unset(_ferm_libraries)
