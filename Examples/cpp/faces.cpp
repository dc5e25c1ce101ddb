// Says what the faces of a picture express, with libferm, in C++17; libpng reads the picture.
//
//   c++ -std=c++17 faces.cpp -o faces $(pkg-config --cflags --libs ferm libpng)
//   ./faces model.ferm face.png                    a picture of one face
//   ./faces model.ferm photo.png face.ferm         all faces that the detector face.ferm finds
#include <ferm.h>
#include <png.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// Throws libferm's own sentence where a call has failed.
void check(ferm_status status) {
  if (status != FERM_OK) throw std::runtime_error(ferm_last_error());
}

// What libferm makes is freed by whoever holds it last.
using Model = std::unique_ptr<ferm_model, decltype(&ferm_model_free)>;
using Session = std::unique_ptr<ferm_session, decltype(&ferm_session_free)>;

Model open(const std::string &path) {
  ferm_model *model = nullptr;
  check(ferm_model_open(path.c_str(), &model));
  return Model(model, ferm_model_free);
}

Session session_of(const Model &model) {
  ferm_session *session = nullptr;
  check(ferm_session_open(model.get(), nullptr, &session));
  return Session(session, ferm_session_free);
}

// A picture as many libraries have it: B, G, R and alpha.
struct Picture {
  std::vector<std::uint8_t> pixels;
  ferm_picture view{};

  explicit Picture(const std::string &path) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_file(&png, path.c_str())) throw std::runtime_error(path + ": " + png.message);
    png.format = PNG_FORMAT_BGRA;
    pixels.resize(PNG_IMAGE_SIZE(png));
    if (!png_image_finish_read(&png, nullptr, pixels.data(), 0, nullptr)) throw std::runtime_error(path + ": " + png.message);
    view.image = ferm_image{pixels.data(), png.width, png.height, 4, 0};
    view.order = FERM_BGRA;
  }
};

void print(const Model &model, const float *probabilities) {
  const float *end = probabilities + ferm_model_label_count(model.get()), *best = std::max_element(probabilities, end);
  std::printf("%s %.3f\n", ferm_model_label(model.get(), static_cast<std::size_t>(best - probabilities)), static_cast<double>(*best));
}

void label_picture(const Model &model, const Picture &picture) {
  const Session session = session_of(model);
  std::vector<float> probabilities(ferm_model_label_count(model.get()));
  check(ferm_session_predict_into(session.get(), &picture.view.image, sizeof picture.view, 1, probabilities.data(), probabilities.size()));
  print(model, probabilities.data());
}

void label_faces(const Model &model, const Picture &picture, const Model &detector) {
  const Session finder = session_of(detector), session = session_of(model);
  std::vector<ferm_face> faces(100);
  std::size_t count = 0, labels = ferm_model_label_count(model.get());
  check(ferm_session_detect(finder.get(), &picture.view.image, sizeof picture.view, nullptr, faces.data(), sizeof faces[0], faces.size(), &count));

  ferm_crop_rule rule = FERM_CROP_RULE_INIT;
  check(ferm_model_crop_rule(model.get(), ferm_model_name(detector.get()), &rule));
  std::vector<float> probabilities(count * labels);
  check(ferm_session_predict_faces(session.get(), &picture.view.image, sizeof picture.view, &rule, faces.data(), sizeof faces[0], count,
                                   probabilities.data(), probabilities.size()));
  for (std::size_t i = 0; i < count; i++) {
    std::printf("%.0f %.0f %.0f %.0f ", faces[i].x, faces[i].y, faces[i].width, faces[i].height);
    print(model, probabilities.data() + i * labels);
  }
}

}  // namespace

int main(int count, char **words) {
  if (count != 3 && count != 4) {
    std::fprintf(stderr, "usage: %s MODEL.ferm PICTURE.png [DETECTOR.ferm]\n", words[0]);
    return 2;
  }
  try {
    const Model model = open(words[1]);
    const Picture picture(words[2]);
    if (count == 3)
      label_picture(model, picture);
    else
      label_faces(model, picture, open(words[3]));
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
